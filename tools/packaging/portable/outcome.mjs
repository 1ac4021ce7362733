import { assertNoNode, portableRoundTrip } from './portable-round-trip.mjs'

/** What came of the round trip where there is a browser: `passed`, or what went wrong.
 * @param {string} place
 */
export async function outcomeOf(place) {
  try {
    assertNoNode()
    await portableRoundTrip({ url: '/osscrypt' }, place)
    return 'passed'
  } catch (error) {
    return `in the ${place}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
}
