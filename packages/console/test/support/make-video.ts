import type { Page } from 'playwright-core'

/** A second and a half of WebM, as Chromium records it from a canvas. */
export async function makeVideo(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 })
    const drawing = canvas.getContext('2d')
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm;codecs=vp8' })
    const chunks: Blob[] = []
    recorder.addEventListener('dataavailable', ({ data }) => chunks.push(data))
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve, { once: true }))
    recorder.start()
    for (let frame = 0; frame < 40; frame++) {
      if (drawing) {
        drawing.fillStyle = `hsl(${String(150 + frame * 3)} 45% 40%)`
        drawing.fillRect(0, 0, 320, 180)
        drawing.fillStyle = '#fff'
        drawing.fillRect(20 + frame * 6, 70, 40, 40)
      }
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
    recorder.stop()
    await stopped
    const url = await new Promise<string>((resolve) => {
      const reader = new FileReader()
      reader.addEventListener('load', () => resolve(reader.result as string), { once: true })
      reader.readAsDataURL(new Blob(chunks))
    })
    return url.slice(url.indexOf(',') + 1)
  })
  return Buffer.from(base64, 'base64')
}
