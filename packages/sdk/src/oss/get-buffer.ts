import { MAX_BUFFER_LENGTH, type Content } from '#output'
import { quote } from '../bytes/quote.js'
import { limitTo, MemoryTarget } from '../target/memory-target.js'
import { planDownload, type PartOptions } from '../transfer/download-plan.js'
import { getWhole, type GetOptions } from './get-whole.js'
import type { ClientParts, ObjectInfo } from './open-object.js'

/** Options of reading a whole object into memory. */
export interface GetBufferOptions extends GetOptions, PartOptions {
  /** The most bytes that are taken into memory. Default: as many as a Buffer can hold. */
  readonly maxBufferLength?: number | undefined
}

/** Reads a whole object into memory. All of `content` is verified. */
export async function getBuffer(
  parts: ClientParts,
  name: string,
  options: GetBufferOptions,
): Promise<ObjectInfo & { readonly content: Content }> {
  const { maxBufferLength = MAX_BUFFER_LENGTH } = options
  const plan = planDownload(options)
  let target: MemoryTarget | undefined
  try {
    const info = await getWhole(
      parts,
      name,
      ({ layout, reading }) =>
        (target = new MemoryTarget(layout.plaintextLength ?? reading.length, limitTo(maxBufferLength, quote(name)))),
      options,
      plan,
    )
    return { ...info, content: target?.content ?? new MemoryTarget(0, () => undefined).content }
  } catch (error) {
    target?.wipe()
    throw error
  }
}
