import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { setTimeout as wait } from 'node:timers/promises'
import OSS from 'ali-oss'
import { fullJitter, KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { expect, test } from 'vitest'
import { cleanJobs, readReport, type Outcome, type Task } from 'osscrypt-jobs'
import type { Fault } from 'osscrypt-local'
import { useBucket } from './bucket-fixture.js'
import { forEachParallel, mixedObjects, storeMixed, type MixedObject } from './mixed-objects.js'

// `npm run stress:jobs` runs it with 100 000 objects and 20 kills.
const count = Number(process.env['OSSCRYPT_STRESS_OBJECTS'] ?? 320)
const kills = Number(process.env['OSSCRYPT_STRESS_KILLS'] ?? 5)
const JOBS = 16

const fixture = useBucket()
const program = fileURLToPath(new URL('run-job.mjs', import.meta.url))
const random = (below: number) => Math.floor(Math.random() * below)

const effects: readonly Omit<Fault, 'skip'>[] = [
  { service: 'oss', effect: { kind: 'error', status: 503 } },
  { service: 'oss', effect: { kind: 'html' } },
  { service: 'oss', operation: 'GetObject', effect: { kind: 'cut', of: 'answer', afterBytes: 1 } },
  { service: 'oss', operation: 'PutObject', effect: { kind: 'cut', of: 'request', afterBytes: 1 } },
  { service: 'oss', operation: 'PutObject', effect: { kind: 'drop-answer' } },
  { service: 'oss', operation: 'CopyObject', effect: { kind: 'drop-answer' } },
  { service: 'oss', operation: 'DeleteObject', effect: { kind: 'drop-answer' } },
  { service: 'kms', effect: { kind: 'throttle' } },
  { service: 'kms', effect: { kind: 'error', status: 503 } },
]

/** Breaks requests here and there, in each of these ways again and again, until it is ended; how many were broken. */
function breakRequests(): () => number {
  const { faults } = fixture.cloud
  let added = 0
  const timer = setInterval(() => {
    const waiting = new Set(faults.waiting.map(({ effect }) => effect))
    for (const fault of effects) {
      if (waiting.has(fault.effect)) continue
      faults.add({ ...fault, skip: random(150) })
      added++
    }
  }, 20)
  return () => {
    clearInterval(timer)
    const broken = added - faults.waiting.length
    faults.clear()
    return broken
  }
}

interface Ran {
  readonly killed: number
  readonly broken: number
  readonly seconds: number
  readonly peakMib: number
}

/** Runs a job in processes that are killed, until one comes to its end. */
async function runKilled(task: Task, folder: string, cmkArn: string, most: number, everyMs: number): Promise<Ran> {
  const settings = {
    spec: { task, bucket: fixture.bucket, prefix: 'o/' },
    folder,
    oss: { ...fixture.cloud.ossOptions(fixture.bucket), timeout: 5000 },
    cmkArns: cmkArn,
    kms: fixture.cloud.kmsOptions(),
    jobs: JOBS,
  }
  const begun = performance.now()
  const mend = breakRequests()
  try {
    for (let killed = 0; ; killed++) {
      const child = spawn(process.execPath, [program, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'pipe'] })
      let [output, errors] = ['', '']
      child.stdout.on('data', (bytes) => (output += String(bytes)))
      child.stderr.on('data', (bytes) => (errors += String(bytes)))
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
      if (killed < most) {
        await Promise.race([ended, wait(500 + random(everyMs))])
        child.kill('SIGKILL')
      }
      const status = await ended
      if (status === null) continue
      if (status !== 0) throw new Error(`the job ended early: ${errors}`)
      const seconds = (performance.now() - begun) / 1000
      return { killed, broken: mend(), seconds: Math.round(seconds), peakMib: JSON.parse(output).peakMib }
    }
  } finally {
    mend()
  }
}

/** What a report has to say of an object, and what it may say instead: that was done before a kill, and not written down. */
type Expected = readonly [expected: Partial<Outcome>, afterKill?: Partial<Outcome>]

/** Compares a report with the truth, line by line; how many objects were done before a kill, and not written down. */
async function compareReport(
  folder: string,
  objects: readonly MixedObject[],
  expected: (object: MixedObject) => Expected,
): Promise<number> {
  let late = 0
  let index = 0
  for await (const outcome of readReport(`${folder}/report.jsonl`)) {
    const object = objects[index++]
    if (!object) throw new Error(`the report has more lines than there are objects: ${outcome.name}`)
    const [is, afterKill] = expected(object)
    const facts = { name: object.name, ...is }
    if (afterKill && outcome.reason === afterKill.reason) {
      late++
      expect(outcome).toMatchObject({ name: object.name, ...afterKill })
    } else expect(outcome).toMatchObject(facts)
  }
  expect(index).toBe(objects.length)
  return late
}

/** Reads every object, and compares it with the truth: by an OSS client and the library, and nothing of what jobs are made of. */
async function compareBucket(objects: readonly MixedObject[], cmkArn: string): Promise<void> {
  // Cloud and check share a process: with so many objects it may stand still for seconds.
  const retry = fullJitter({ maxAttempts: 8, baseDelayMs: 5, maxDelayMs: 50 })
  const kms = { ...fixture.cloud.kmsOptions(), timeoutMs: 60_000, retry }
  const store = new OSS({ ...fixture.cloud.ossOptions(fixture.bucket), timeout: 60_000 })
  const client = new OssEncryptionClient({ store, dataKeys: new KmsDataKeyProvider(cmkArn, kms), retry })
  await forEachParallel(objects, async ({ name, content, kind, archived, bound, unverified }) => {
    if (kind === 'plain') {
      const found = await (archived ? store.head(name) : store.get(name))
      expect((found.res.headers as Record<string, string>)['x-oss-meta-colour']).toBe('blue')
      if (!archived) expect((found as { content: Buffer }).content.equals(content)).toBe(true)
      return
    }
    const got = await client.get(name, { allowLegacyFormats: kind === 'oss-sdk-ctr', requireBinding: bound })
    const integrity = { gcm: 'whole', floe: 'segments', 'oss-sdk-ctr': 'none' }[kind]
    expect({ name, integrity: got.integrity, meta: got.meta }).toEqual({ name, integrity, meta: { colour: 'blue' } })
    expect(got.content.equals(content)).toBe(true)
    const { 'osscrypt:origin': origin } = got.encryption.encryptionContext
    expect(origin).toBe(unverified ? 'unverified' : undefined)
  })
}

test(
  'mixed objects, broken requests, killed processes: every report is true, and no object is lost',
  { timeout: 120_000 + count * 1000 },
  async () => {
    const objects = mixedObjects(count)
    await forEachParallel(objects, (object) => storeMixed(fixture.oss, fixture.client, object))
    const { oldCmk, newCmk } = fixture
    const archived: Expected = [{ status: 'skipped', reason: 'Archived' }]
    const everyMs = Math.max(1500, count / 5)
    const rows: object[] = []
    const run = async (task: Task, cmkArn: string, readWith: string, expected: (object: MixedObject) => Expected) => {
      const folder = `${fixture.folder}/${task.operation}`
      const ran = await runKilled(task, folder, cmkArn, Math.ceil(kills / 5), everyMs)
      const late = await compareReport(folder, objects, (object) => (object.archived ? archived : expected(object)))
      // Never more than are worked on at a time, and wait to be written down.
      expect(late).toBeLessThanOrEqual(ran.killed * 8 * JOBS)
      rows.push({ operation: task.operation, ...ran, late })
      if (count > 10_000) console.log(rows.at(-1))
      for (const object of objects) if (!object.archived) advance(task, object)
      await compareBucket(objects, readWith)
    }
    const kindOf = ({ kind }: MixedObject): Expected => [{ status: 'done', kind }]
    await run({ operation: 'audit' }, oldCmk, oldCmk, kindOf)
    await run({ operation: 'encrypt' }, oldCmk, oldCmk, ({ kind }) => {
      const before: Partial<Outcome> = { status: 'skipped', reason: 'AlreadyEncrypted' }
      return kind === 'plain' ? [{ status: 'done', kind: 'gcm', cmkArns: [oldCmk] }, before] : [{ ...before, kind }]
    })
    await run({ operation: 'migrate', allowLegacyFormats: true }, oldCmk, oldCmk, ({ kind }) => {
      const before: Partial<Outcome> = { status: 'skipped', reason: 'AlreadyInFormat' }
      return kind === 'floe' ? [before] : [{ status: 'done', kind: 'floe', cmkArns: [oldCmk] }, before]
    })
    await run({ operation: 'rewrap', to: [newCmk] }, oldCmk, newCmk, () => [
      { status: 'done', kind: 'floe', cmkArns: [newCmk] },
      { status: 'skipped', reason: 'AlreadyUnderCmks' },
    ])
    await run({ operation: 'verify' }, newCmk, newCmk, kindOf)

    // What was left by kills, and nothing else, is there beside.
    for await (const { name } of cleanJobs({ client: fixture.client, bucket: fixture.oss }))
      expect(name).toMatch(/^\.osscrypt-jobs\/staged\//)
    const names: string[] = []
    for (let token: string | undefined; ;) {
      const query = {
        'max-keys': '1000',
        'encoding-type': 'url',
        ...(token !== undefined && { 'continuation-token': token }),
      } as const
      const page = (await fixture.oss.listV2(query, {})) as unknown as {
        objects?: { name: string }[]
        nextContinuationToken?: string | null
      }
      names.push(...(page.objects ?? []).map(({ name }) => decodeURIComponent(name.replaceAll('+', ' '))))
      token = page.nextContinuationToken ?? undefined
      if (token === undefined) break
    }
    expect(names).toEqual(objects.map(({ name }) => name))
    console.table(rows)
  },
)

/** The truth after an operation. */
function advance({ operation }: Task, object: MixedObject): void {
  if (operation === 'encrypt' && object.kind === 'plain') Object.assign(object, { kind: 'gcm', bound: true })
  if (operation !== 'migrate' || object.kind === 'floe') return
  Object.assign(object, { unverified: object.kind === 'oss-sdk-ctr', kind: 'floe', bound: true })
}
