import { invalidParameter, type OssCall } from '../request/oss-call.js'

const MAX_PART_NUMBER = 10_000

/** @throws `OssError` InvalidArgument. */
export function readPartNumber({ query }: OssCall): number {
  const text = query.get('partNumber') ?? ''
  const partNumber = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (partNumber < 1 || partNumber > MAX_PART_NUMBER) throw invalidParameter('partNumber', text)
  return partNumber
}
