/** String formats of the schemas. Regular expressions only, so that compiled validators carry them along. */

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const IPV4 = `(?:${OCTET}\\.){3}${OCTET}`;
const GROUP = '[0-9A-Fa-f]{1,4}';
/**
 * Eight groups, or `::` in the place of at least one. Without a zone (`%eth0`): these settings are those of all nodes,
 * Proxmox VE takes none in `nameserver` (pve-common src/PVE/JSONSchema.pm `address`), and no certificate holds one.
 */
const IPV6 = `(?:${[
  `(?:${GROUP}:){7}${GROUP}`,
  `(?:${GROUP}:){1,7}:`,
  ...[6, 5, 4, 3, 2, 1].map((before) => `(?:${GROUP}:){1,${before}}(?::${GROUP}){1,${7 - before}}`),
  `:(?::${GROUP}){1,7}`,
  '::',
].join('|')})`;
const NAME =
  '(?=.{1,253}$)(?!(?:.*\\.)?[0-9]+$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*';
const PORT_NUMBER = '(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})';
const PORT = `(?::${PORT_NUMBER})?`;
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
/** A name whose last label is a number would be read as an address. */
const URL_HOST = `(?:${IPV4}|(?:${LABEL}\\.)*(?![0-9]+(?:[:/]|$))${LABEL}|\\[${IPV6}\\])`;
/** Go's net/url refuses a % without two hexadecimal digits after it. */
const URL_REST = '(?:/(?:[!-$&-~]|%[0-9A-Fa-f]{2})*)?';

/**
 * What stands in front of the repository of a container image: its path is in lower case, and a host without a dot or a
 * port is a folder of docker.io. Source: distribution/reference.
 */
const REGISTRY_HOST = `(?:(?=[^/]*[.:\\[])${URL_HOST}${PORT})`;
const REPOSITORY = '(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*';

/** Format name -> pattern of the whole text. */
export const FORMATS: Readonly<Record<string, RegExp>> = {
  ipv4: new RegExp(`^${IPV4}$`),
  cidr: new RegExp(`^${IPV4}/(?:3[0-2]|[12]?[0-9])$`),
  ip: new RegExp(`^(?:${IPV4}|${IPV6})$`),
  host: new RegExp(`^(?:${IPV4}|${IPV6}|${NAME})$`),
  'https-url': new RegExp(`^https://${URL_HOST}${PORT}${URL_REST}$`),
  'factory-url': new RegExp(`^https://${REGISTRY_HOST}${REPOSITORY}/?$`),
  'log-url': new RegExp(`^(?:udp|tcp)://${URL_HOST}:${PORT_NUMBER}/?$`),
  'http-url': new RegExp(`^https?://${URL_HOST}${PORT}${URL_REST}$`),
};
