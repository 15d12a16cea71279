// Stands in for the parts of handlebars-helpers that render markdown, dates and log lines:
// talmox exposes none of them, and their dependencies carry known vulnerabilities.
module.exports = {};
