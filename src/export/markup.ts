/** Text made safe inside elements and quoted attributes of HTML and SVG; control characters that XML forbids become �. */
export function escapeMarkup(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, '\ufffd').replace(/[&<>"']/g, (c) => entities[c]);
}

/** A picture inside the page itself; JPEG, PNG or WebP, told by its first bytes. */
export function pictureUri(bytes: Uint8Array): string {
  const type = bytes[0] === 0x89 ? 'png' : bytes[0] === 0x52 ? 'webp' : 'jpeg';
  return `data:image/${type};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}`;
}

/** A coordinate with as many digits as a picture needs. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}
