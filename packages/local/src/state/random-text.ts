import { randomBytes } from 'node:crypto'

/** Random letters and digits; enough are drawn that none are missing when the others are left out. */
export function randomText(length: number): string {
  return randomBytes(length * 4)
    .toString('base64')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, length)
}
