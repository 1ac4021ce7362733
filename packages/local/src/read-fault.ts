import type { Fault, FaultEffect } from './faults/fault-plan.js'

/** The numbers and words that each kind of effect has to come with. */
const effectFields: Readonly<Record<FaultEffect['kind'], Readonly<Record<string, (value: unknown) => boolean>>>> = {
  throttle: {},
  error: { status: (value) => isCount(value) && value >= 400 && value <= 599 },
  delay: { delayMs: isCount },
  stall: { afterBytes: isCount },
  cut: { of: (value) => value === 'request' || value === 'answer', afterBytes: isCount },
  corrupt: { atByte: isCount },
  'drop-answer': {},
  'lie-range': { lie: (value) => ['whole', 'shifted', 'mislabelled', 'short'].includes(String(value)) },
  html: {},
}

/**
 * Reads a fault from JSON. As JSON has no infinity, `"times": "always"` stands for it.
 *
 * @throws {TypeError} saying what is wrong with the text.
 */
export function readFault(json: string): Fault {
  const fault = parseObject(json)
  const { service, operation, skip = 0, times = 1, effect } = fault
  if (service !== 'kms' && service !== 'oss' && service !== 'sts')
    throw new TypeError('"service" is none of "kms", "oss" and "sts"')
  if (operation !== undefined && typeof operation !== 'string') throw new TypeError('"operation" is not a text')
  if (!isCount(skip)) throw new TypeError('"skip" is not a whole number')
  if (times !== 'always' && (!isCount(times) || times === 0))
    throw new TypeError('"times" is no number from 1, nor "always"')
  return {
    service,
    ...(operation === undefined ? {} : { operation }),
    skip,
    times: times === 'always' ? Infinity : times,
    effect: readEffect(effect),
  }
}

function readEffect(value: unknown): FaultEffect {
  const effect = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  const kind = String(effect['kind'])
  if (!Object.hasOwn(effectFields, kind)) {
    throw new TypeError(`"effect.kind" is none of ${Object.keys(effectFields).join(', ')}`)
  }
  for (const [field, isRight] of Object.entries(effectFields[kind as FaultEffect['kind']])) {
    if (!isRight(effect[field])) throw new TypeError(`"effect.${field}" is missing or not right`)
  }
  return effect as unknown as FaultEffect
}

function parseObject(json: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw new TypeError('it is not JSON', { cause })
  }
  if (typeof value !== 'object' || value === null) throw new TypeError('it is not a JSON object')
  return value as Record<string, unknown>
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
