import type { Page } from 'playwright-core'

/** Drops files and folders of this machine in the middle of the list, as the mouse does. */
export async function dropFiles(page: Page, paths: readonly string[]): Promise<void> {
  const box = await page.locator('.list-side').boundingBox()
  const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2]
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files: [...paths], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x, y, data })
  }
  await session.detach()
}
