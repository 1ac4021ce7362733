/**
 * An address that shows a picture. SVG can hold scripts. An <img> runs none; but a Blob's address is of this page's origin, and who opens it for itself, as by
 * pasting it, opens it without this page's policy, in a tab that may have the token. A `data:` URL is of nobody's origin.
 *
 * @param later Given what is to be done when it is no longer shown.
 */
export async function pictureUrl(picture: Blob, later: (clean: () => void) => void): Promise<string> {
  if (picture.type === 'image/svg+xml') return dataUrl(picture)
  const url = URL.createObjectURL(picture)
  later(() => URL.revokeObjectURL(url))
  return url
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(reader.result as string), { once: true })
    reader.addEventListener('error', () => reject(reader.error ?? new Error('a Blob was not read')), { once: true })
    reader.readAsDataURL(blob)
  })
}
