import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import OSS from 'ali-oss'
import { Bench, installCommand } from './command.js'

/** What a new user would type. */
const firstLines = [
  'osscrypt local start --oss-port 0 --kms-port 0',
  'export OSSCRYPT_PROFILE=local',
  'osscrypt cp report.txt oss://my-bucket/reports/',
  'osscrypt cp report.txt oss://my-bucket/reports/',
  'osscrypt cp -r photos oss://my-bucket/photos/ --format floe',
  'osscrypt ls -r oss://my-bucket/',
  'osscrypt cat oss://my-bucket/reports/report.txt',
  'osscrypt cat --range 0-5 oss://my-bucket/reports/report.txt',
  'osscrypt cat --range 0-3 oss://my-bucket/photos/sea.txt; echo',
  'osscrypt inspect oss://my-bucket/reports/report.txt --verify',
  'osscrypt verify -r -j 1 oss://my-bucket/',
  'echo more > photos/more.txt; osscrypt sync photos oss://my-bucket/photos/',
  'osscrypt tree oss://my-bucket/',
  'echo changed > photos/more.txt; osscrypt check photos oss://my-bucket/photos/; echo "exit code $?"',
  'osscrypt cp oss://my-bucket/nothing .; echo "exit code $?"',
  'osscrypt encrypt report.txt | osscrypt decrypt',
  'osscrypt rm -r --yes -j 1 oss://my-bucket/photos/',
  'osscrypt local reset --force',
]

/** The session of a new user. */
export async function recordFirstSession(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'osscrypt-session-'))
  try {
    mkdirSync(join(folder, 'photos'))
    writeFileSync(join(folder, 'report.txt'), 'Quarterly report: all is well.\n')
    writeFileSync(join(folder, 'photos', 'sea.txt'), 'blue and wide\n')
    return await recordSession(firstLines, folder, installCommand(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** What is typed to encrypt a bucket of plain objects, and to put it under another CMK later. */
const jobLines = [
  'osscrypt jobs audit oss://my-bucket/ --folder audit',
  'osscrypt jobs plan encrypt oss://my-bucket/ --rate-requests 500',
  'osscrypt jobs encrypt oss://my-bucket/ --folder dry-run --dry-run',
  'osscrypt jobs encrypt oss://my-bucket/ --folder encrypt --format floe',
  'osscrypt jobs encrypt oss://my-bucket/ --folder encrypt-again --format floe',
  'osscrypt jobs verify oss://my-bucket/ --folder verify --csv verify.csv; echo "exit code $?"',
  'head -2 verify.csv',
  'osscrypt jobs rewrap oss://my-bucket/ --to "$NEW_CMK" --folder rewrap; echo "exit code $?"',
  'osscrypt jobs audit oss://my-bucket/ --folder audit-again --html audit.html',
]

/** The session of who encrypts a bucket. */
export async function recordJobsSession(): Promise<string> {
  const bench = await Bench.open()
  try {
    const store = new OSS(bench.cloud.ossOptions('my-bucket'))
    for (const year of ['2023', '2024', '2025'])
      await store.put(`invoices/${year}.csv`, Buffer.from(`number,amount\n1,${year}\n`))
    await store.put('logo.svg', Buffer.from('<svg/>'))
    return await recordSession(jobLines, bench.folder, { ...bench.env, NEW_CMK: await bench.cloud.createKey() })
  } finally {
    await bench.close()
  }
}

/** Types lines into a bash on a terminal of its own, and answers what was to be seen, without what is different every time. */
async function recordSession(
  lines: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const typed = lines.map((line) => `echo ${quote(`$ ${line}`)}\n${line}\n`).join('')
  writeFileSync(join(folder, 'typed.sh'), `cd ${quote(folder)}\n${typed}`)
  // No progress is drawn there.
  const env = { ...environment, COLUMNS: '160', TERM: 'dumb' }
  const command = ['-qec', `bash ${quote(join(folder, 'typed.sh'))} 2>&1`, '/dev/null']
  const { stdout } = await promisify(execFile)('script', command, { env, encoding: 'utf8' })
  return steady(stdout, folder)
}

function steady(seen: string, folder: string): string {
  const ids: string[] = []
  return `${seen
    // eslint-disable-next-line no-control-regex -- what was drawn, and taken away again
    .replace(/[^\n]*\r\u001b\[K/g, '')
    .replaceAll('\r', '')
    // eslint-disable-next-line no-control-regex -- what moves the cursor
    .replace(/\u001b\[[\d;?]*[A-Za-z]/g, '')
    .replaceAll(folder, '~')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:40000')
    .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, (id) => steadyId(id, ids))
    .replace(/^pid( +)\d+$/gm, 'pid$112345')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '2026-11-23 12:00:00')
    .replace(/RequestId [\dA-F]+/g, 'RequestId 0123456789ABCDEF01234567')
    .replace(/^(iv|auth tag)( +)\S+$/gm, '$1$2…')
    .trimEnd()}\n`
}

/** The same for the same id, in the order in which they are seen. */
function steadyId(id: string, ids: string[]): string {
  if (!ids.includes(id)) ids.push(id)
  return `5c352008-9e8f-478d-8574-4c2c53a3a59${String(ids.indexOf(id))}`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
