// Opens the page of ORIGIN in Chromium, and ends when its program has said what came of it.
import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS, chromiumPath } from '../chromium.mjs'

const browser = await chromium.launch({
  ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
  args: CHROMIUM_FLAGS,
})
try {
  const page = await browser.newPage()
  /** @type {string[]} */
  const said = []
  page.on('console', (message) => said.push(`the page says: ${message.text()}`))
  page.on('pageerror', (error) => said.push(error.stack ?? error.message))
  const told = page.waitForEvent('console', {
    predicate: (message) => message.text().startsWith('outcomes '),
    timeout: 60_000,
  })
  await page.goto(`${process.env.ORIGIN ?? ''}/`)
  /** @type {string[]} */
  const outcomes = await told.then(
    (message) => JSON.parse(message.text().slice('outcomes '.length)),
    (/** @type {unknown} */ error) => [String(error)],
  )
  const problems = outcomes.filter((outcome) => outcome !== 'passed')
  if (outcomes.length === 0 || problems.length > 0) {
    console.error([...problems, ...said].join('\n'))
    process.exitCode = 1
  }
} finally {
  await browser.close()
}
