import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installCommand } from './command.js'

/** What a new user would type. */
const lines = [
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

/** Types the lines into a bash on a terminal of its own, and answers what was to be seen, without what is different every time. */
export function recordSession(): string {
  const folder = mkdtempSync(join(tmpdir(), 'osscrypt-session-'))
  try {
    mkdirSync(join(folder, 'photos'))
    writeFileSync(join(folder, 'report.txt'), 'Quarterly report: all is well.\n')
    writeFileSync(join(folder, 'photos', 'sea.txt'), 'blue and wide\n')
    const typed = lines.map((line) => `echo ${quote(`$ ${line}`)}\n${line}\n`).join('')
    writeFileSync(join(folder, 'typed.sh'), `cd ${quote(folder)}\n${typed}`)
    const env = { ...installCommand(folder), COLUMNS: '160' }
    const seen = execFileSync('script', ['-qec', `bash ${quote(join(folder, 'typed.sh'))} 2>&1`, '/dev/null'], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return steady(seen, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

function steady(seen: string, folder: string): string {
  return `${seen
    // eslint-disable-next-line no-control-regex -- what was drawn, and taken away again
    .replace(/[^\n]*\r\u001b\[K/g, '')
    .replaceAll('\r', '')
    // eslint-disable-next-line no-control-regex -- what moves the cursor
    .replace(/\u001b\[[\d;?]*[A-Za-z]/g, '')
    .replaceAll(folder, '~')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:40000')
    .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '5c352008-9e8f-478d-8574-4c2c53a3a590')
    .replace(/^pid( +)\d+$/gm, 'pid$112345')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '2026-11-23 12:00:00')
    .replace(/RequestId [\dA-F]+/g, 'RequestId 0123456789ABCDEF01234567')
    .replace(/^(iv|auth tag)( +)\S+$/gm, '$1$2…')
    .trimEnd()}\n`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
