import { texts } from '../state/language.js'
import { shownName } from '../state/names.js'
import { notify } from '../state/notices.js'
import { downloadObject } from '../state/object-actions.js'
import { toProblem } from '../state/problem.js'
import { problemText } from '../texts/en.js'

/** Downloads an object; what goes wrong is said. */
export async function downloadOrTell(bucket: string, key: string): Promise<void> {
  try {
    await downloadObject(bucket, key)
  } catch (error) {
    notify('bad', `${shownName(key)}: ${problemText(texts(), toProblem(error))}`)
  }
}
