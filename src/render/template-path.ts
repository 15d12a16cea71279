/** What the path of a template says: where its output goes, and whether it is rendered at all. */

/** The path under `out/`, `[node]` still in it. */
export function outputPath(template: string): string {
  return template.replace(/\.j2$/, '');
}

/** A file without `.j2` holds no mark: it is copied, and editors and linters read it as what it is. */
export function isCopied(template: string): boolean {
  return outputPath(template) === template;
}

/** A text without a byte-order mark, with LF at the ends of its lines. */
export function plainText(text: string): string {
  return text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
}
