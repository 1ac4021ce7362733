import type { Settings } from '../config/settings.js'
import type { Report } from '../terminal/report.js'

/** Says how objects are read that are under new CMKs from now on, where nothing names these yet. */
export function noteUnreadCmks(report: Report, { cmks, readCmks }: Settings, to: readonly string[]): void {
  const unread = to.filter((arn) => !cmks.includes(arn) && !readCmks.includes(arn))
  if (unread.length > 0)
    report.note(
      `to read them, name the new CMK, too: osscrypt config set read-cmk ${[...readCmks, ...unread].join(',')}`,
    )
}
