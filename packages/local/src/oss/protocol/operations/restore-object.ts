import { OssError } from '../error/oss-error.js'
import { versionHeader } from '../object/object-headers.js'
import { isArchived, restoreDuration, restoreState } from '../object/restore.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, objectOf, type OssCall } from '../request/oss-call.js'
import { childOf, readXmlBody, textOf } from '../xml/read-xml.js'

const DAY = 24 * 3_600_000

/** 202 when the restoration begins; 200 when it is over, and then it lasts longer. */
export async function restoreObject(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  const { days, tier } = await readRequest(call)
  const object = await objectOf(call)
  const { facts } = object
  const durationMs = restoreDuration(facts, tier)
  if (!isArchived(facts)) throw new OssError('OperationNotSupported')
  if (durationMs === undefined) throw new OssError('MalformedXML')
  const state = restoreState(facts, call.nowMs)
  if (state === 'ongoing') throw new OssError('RestoreAlreadyInProgress')
  const headers = { 'x-oss-version-id': versionHeader(bucket, facts), 'x-oss-object-restore-priority': tier }
  const readyMs = state === 'restored' ? call.nowMs : call.nowMs + durationMs
  await object.amend({ restore: { readyMs, expiresMs: readyMs + days * DAY } })
  return { status: state === 'restored' ? 200 : 202, headers }
}

async function readRequest({ request, headers }: OssCall): Promise<{ days: number; tier: string }> {
  const hasBody = Number(headers.get('content-length') ?? 0) > 0 || headers.has('transfer-encoding')
  if (!hasBody) return { days: 1, tier: 'Standard' }
  const { tree } = await readXmlBody(request, 'RestoreRequest')
  const days = textOf(tree, 'Days')?.trim() ?? '1'
  const tier = textOf(childOf(tree, 'JobParameters'), 'Tier')?.trim() ?? 'Standard'
  if (!/^\d{1,3}$/.test(days) || Number(days) < 1 || Number(days) > 365) throw new OssError('MalformedXML')
  return { days: Number(days), tier }
}
