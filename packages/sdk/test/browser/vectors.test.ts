import { describe, expect, test } from 'vitest'
import { canRunPages, runPage } from './chromium.js'
import { vectorAnswers, vectorResults } from './vector-answers.js'

describe.skipIf(!canRunPages)('in Chromium', { timeout: 240_000 }, () => {
  test('every vector comes out as it does in Node', async () => {
    expect(await runPage('vectors-page.mjs', vectorAnswers)).toEqual(vectorResults)
  })
})
