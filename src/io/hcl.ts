/** HashiCorp's own HCL parser, loaded when the first HCL file has to be verified. */

/** @throws Error with the parser's message when the text is not HCL */
export async function parseHcl(name: string, text: string): Promise<void> {
  const { parse } = await import('@cdktn/hcl2json');
  await parse(name, text);
}
