import { beforeAll, describe, expect, test } from 'vitest'
import { useCloud } from '../support/cloud-fixture.js'
import { canRunPages, runPage } from './chromium.js'
import { objectAnswers, objectCaseNames } from './object-answers.js'
import type { Results } from './program-server.js'

describe.skipIf(!canRunPages)('in Chromium', { timeout: 240_000 }, () => {
  const fixture = useCloud()
  let results: Results

  beforeAll(async () => {
    results = await runPage('objects-page.mjs', await objectAnswers(fixture))
  }, 240_000)

  const cases = objectCaseNames.flatMap((name) => [`page: ${name}`, `worker: ${name}`])

  test.each(cases)('%s', (name) => {
    expect(results[name]).toBe('passed')
  })

  test('nothing else was tried', () => {
    expect(Object.keys(results)).toHaveLength(cases.length)
  })
})
