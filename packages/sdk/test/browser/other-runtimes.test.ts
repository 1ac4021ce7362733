import { describe, expect, test } from 'vitest'
import { useCloud } from '../support/cloud-fixture.js'
import { objectAnswers, objectCaseNames } from './object-answers.js'
import { otherRuntimes, runElsewhere } from './other-runtimes.js'
import { vectorAnswers, vectorResults } from './vector-answers.js'

/** Runtimes are no dependency of this repository: `npm run test:runtimes` fetches them, and says where they are. */
const programs = process.env['OSSCRYPT_RUNTIMES']

describe.skipIf(programs === undefined)('the portable tests', { timeout: 240_000 }, () => {
  const fixture = useCloud()

  test.each(Object.entries(otherRuntimes))('pass on %s', async (_name, runtime) => {
    const answers = { ...(await objectAnswers(fixture)), ...vectorAnswers }
    const results = await runElsewhere(programs ?? '', runtime, answers)
    const passed = Object.fromEntries(objectCaseNames.map((name) => [name, 'passed']))
    expect(results).toEqual({ ...passed, ...vectorResults })
  })
})
