import { OsscryptError, ServiceError } from 'osscrypt'
import type { Fault, FaultEffect } from 'osscrypt-local'
import { describe, expect, test } from 'vitest'
import { sameBytes } from './bytes.js'
import type { CloudFixture } from './cloud-fixture.js'
import { within } from './rejection.js'

const MIB = 1024 * 1024
/** The lengths of the objects that faults are played on. */
export const SMALL_LENGTH = 1000
export const LARGE_LENGTH = MIB + 300_005

/** Names of faults, so that a failing test says which it was. */
export const everywhere: Readonly<Record<string, FaultEffect>> = {
  throttle: { kind: 'throttle' },
  'error 500': { kind: 'error', status: 500 },
  'error 502': { kind: 'error', status: 502 },
  'error 503': { kind: 'error', status: 503 },
  'error 403': { kind: 'error', status: 403 },
  'error 404': { kind: 'error', status: 404 },
  delay: { kind: 'delay', delayMs: 30 },
  html: { kind: 'html' },
  'drop answer': { kind: 'drop-answer' },
  'stall at 0': { kind: 'stall', afterBytes: 0 },
  'stall at 40': { kind: 'stall', afterBytes: 40 },
  'cut answer at 0': { kind: 'cut', of: 'answer', afterBytes: 0 },
  'cut answer at 40': { kind: 'cut', of: 'answer', afterBytes: 40 },
  'cut request at 0': { kind: 'cut', of: 'request', afterBytes: 0 },
  'corrupt byte 0': { kind: 'corrupt', atByte: 0 },
  'corrupt byte 40': { kind: 'corrupt', atByte: 40 },
}
/** On the way up. */
export const upwards: Readonly<Record<string, FaultEffect>> = {
  ...everywhere,
  'request timeout': { kind: 'error', status: 400, code: 'RequestTimeout' },
  'cut request at 1': { kind: 'cut', of: 'request', afterBytes: 1 },
  'cut request at 999': { kind: 'cut', of: 'request', afterBytes: 999 },
  'cut request in the middle': { kind: 'cut', of: 'request', afterBytes: MIB - 1 },
  'cut request at the end': { kind: 'cut', of: 'request', afterBytes: LARGE_LENGTH - 1 },
}
/** On the way down. */
export const downwards: Readonly<Record<string, FaultEffect>> = {
  ...everywhere,
  'cut answer at 999': { kind: 'cut', of: 'answer', afterBytes: 999 },
  'cut answer in the middle': { kind: 'cut', of: 'answer', afterBytes: MIB },
  'stall in the middle': { kind: 'stall', afterBytes: MIB },
  'stall before the end': { kind: 'stall', afterBytes: LARGE_LENGTH - 1 },
  'corrupt in the middle': { kind: 'corrupt', atByte: MIB },
  'corrupt the last byte': { kind: 'corrupt', atByte: LARGE_LENGTH - 1 },
  'lie: whole': { kind: 'lie-range', lie: 'whole' },
  'lie: shifted': { kind: 'lie-range', lie: 'shifted' },
  'lie: mislabelled': { kind: 'lie-range', lie: 'mislabelled' },
  'lie: short': { kind: 'lie-range', lie: 'short' },
}

/** What an operation gave, as far as it is to be compared. */
export interface Outcome {
  readonly bytes: Uint8Array
  readonly expected: Uint8Array
}

/** An operation of the client and a request that it sends, on which faults are played. */
export interface FaultyOperation {
  readonly title: string
  readonly service: 'kms' | 'oss'
  readonly operation: string
  readonly effects: Readonly<Record<string, FaultEffect>>
  /** Whether what it reads may be wrong when the store lies. */
  readonly unverified?: boolean
  run(): Promise<Outcome>
}

/** Plays every effect on every operation, once and for ever: each ends right or with a typed error, in time, and leaves nothing behind. */
export function testFaults(fixture: CloudFixture, operations: readonly FaultyOperation[]): void {
  const cases = operations.flatMap((operation) =>
    Object.entries(operation.effects).map(([name, effect]) => ({ ...operation, name, effect })),
  )

  const play = async (
    { service, operation, run }: FaultyOperation,
    fault: Pick<Fault, 'effect' | 'times'>,
  ): Promise<Outcome | { error: unknown }> => {
    fixture.cloud.faults.add({ service, operation, ...fault })
    let outcome
    try {
      outcome = await within(10_000, run())
    } catch (error) {
      outcome = { error }
    }
    expect((await fixture.files()).filter((file) => file !== 'source' && file !== 'target')).toEqual([])
    return outcome
  }

  const check = (
    { unverified, effect }: FaultyOperation & { effect: FaultEffect },
    { bytes, expected }: Outcome,
  ): void => {
    if (!(unverified && lies(effect))) expect(sameBytes(bytes, expected)).toBe(true)
  }

  describe('a fault that passes', () => {
    test.each(cases)('$title: $operation, $name', async (operation) => {
      const outcome = await play(operation, { effect: operation.effect })
      if ('error' in outcome) {
        expect(outcome.error).toBeInstanceOf(OsscryptError)
        expect(refuses(operation.effect) || lies(operation.effect), String(outcome.error)).toBe(true)
      } else check(operation, outcome)
    })
  })

  describe('a fault that stays', () => {
    test.each(cases.filter(({ effect }) => effect.kind !== 'delay'))('$title: $operation, $name', async (operation) => {
      const { effect, service } = operation
      const outcome = await play(operation, { effect, times: Infinity })
      if ('error' in outcome) {
        expect(outcome.error).toBeInstanceOf(OsscryptError)
        if (effect.kind !== 'error' && effect.kind !== 'throttle') return
        expect(outcome.error).toBeInstanceOf(ServiceError)
        const { status, serviceCode, requestId, ...error } = outcome.error as ServiceError
        expect(error.service).toBe(service)
        // An answer that comes before an upload has ended can be lost with the connection.
        if (status === undefined && operation.operation === 'PutObject') return
        expect(status).toBeGreaterThanOrEqual(400)
        expect(serviceCode).toMatch(/^[\w.]+$/)
        expect(requestId).toMatch(/\w{10}/)
      } else check(operation, outcome)
    })
  })
}

/** Whether an effect changes what comes without anyone on the way noticing. */
function lies({ kind }: FaultEffect): boolean {
  return kind === 'corrupt' || kind === 'lie-range'
}

/** Whether an effect is a refusal that trying again does not change. */
function refuses(effect: FaultEffect): boolean {
  return effect.kind === 'error' && (effect.status === 403 || effect.status === 404)
}
