/** Base64 of a text's UTF-8 bytes, on one line: Proxmox refuses line breaks. */
export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
