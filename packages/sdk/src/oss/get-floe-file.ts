import { ByteSource } from '../bytes/byte-source.js'
import { FLOE_HEADER_LENGTH, segmentCapacity } from '../floe/parameters.js'
import type { FileTarget } from '../io/file-target.js'
import type { SharedEnd } from './end-together.js'
import { openFloeCipher, takeFloeHeader } from './floe-body.js'
import { decryptFloeRange, planFloeRange, type FloeRangePlan } from './floe-range.js'
import type { Progress } from './object-part.js'
import type { StoreRequestOptions } from './object-store.js'
import { readingOptions, type ClientParts, type OpenedObject } from './open-object.js'
import { readSameObject, type ObjectIdentity } from './read-object.js'

/** How the parts of a FLOE object are fetched. */
export interface FloePartOptions extends Omit<StoreRequestOptions, 'signal'> {
  /** On how many connections. */
  readonly parallel: number
  readonly partLength?: number | undefined
  readonly progress?: Progress | undefined
}

/** Bytes of ciphertext in a part: a request costs as much time as one or two million of them. */
const DEFAULT_PART_LENGTH = 8 * 1024 * 1024

/**
 * Reads a FLOE object into a file on several connections. The one that the object was opened on gives one part after the other, from the object's
 * start; the others fetch parts from its end on, until they meet. Each part is verified segment by segment and written where it belongs: none
 * waits for another, and no more than a segment of each is held. When one fails for good, all end.
 *
 * @param opened Read under `together.signal`.
 * @throws IntegrityError; ServiceError; what the file system says; the signal's reason. No connection is open any more then.
 */
export async function getFloeFile(
  parts: ClientParts,
  name: string,
  target: FileTarget,
  opened: OpenedObject,
  identity: ObjectIdentity,
  together: SharedEnd,
  options: FloePartOptions,
): Promise<void> {
  const { parallel, partLength = DEFAULT_PART_LENGTH, progress } = options
  const { signal } = together
  const request = readingOptions(parts, { ...options, signal })
  const opening = new ByteSource(opened.reading.read())
  try {
    const floeHeader = await takeFloeHeader(opening)
    const cipher = await openFloeCipher(opened.envelope.header, opened.dataKey, floeHeader)
    try {
      const { segmentLength } = cipher.parameters
      const capacity = Math.max(1, Math.floor(partLength / segmentLength)) * segmentCapacity(cipher.parameters)
      const known = { ...identity, floeHeader }
      const count = Math.max(1, Math.ceil(planFloeRange(known, { start: 0 }).totalLength / capacity))

      let bytes = FLOE_HEADER_LENGTH
      let through = 0
      const report = (more: number) => {
        bytes += more
        progress?.({ bytes, total: identity.totalLength, parts: through })
      }
      const write = async (source: ByteSource, plan: FloeRangePlan): Promise<void> => {
        const file = target.writeFrom(plan.start)
        let missing = plan.ciphertext.end - plan.ciphertext.start + 1
        for await (const plaintext of decryptFloeRange(cipher, source, plan)) {
          signal.throwIfAborted()
          await file.append(plaintext)
          missing -= plaintext.length
          report(plaintext.length)
        }
        await file.flush()
        through++
        report(missing)
      }

      let front = 0
      let back = count
      // Where the last part ends, its last segment has to say.
      const planPart = (part: number): FloeRangePlan =>
        planFloeRange(known, {
          start: part * capacity,
          end: part === count - 1 ? undefined : (part + 1) * capacity - 1,
        })
      const fromStart = async (): Promise<void> => {
        while (front < back) await write(opening, planPart(front++))
        // The others may be waiting for a connection, and this one be all that there are.
        await opening.close()
        opened.reading.discard()
      }
      const fromEnd = async (): Promise<void> => {
        while (front < back) {
          const plan = planPart(--back)
          const source = new ByteSource(
            (await readSameObject(parts.store, name, request, identity, plan.ciphertext)).read(),
          )
          try {
            await write(source, plan)
          } finally {
            await source.close()
          }
        }
      }
      const working = [fromStart(), ...Array.from({ length: Math.min(parallel, count) - 1 }, fromEnd)]
      for (const work of working) work.catch(together.end)
      await Promise.allSettled(working)
      await Promise.all(working)
    } finally {
      cipher.dispose()
    }
  } finally {
    await opening.close()
  }
}
