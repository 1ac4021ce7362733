import { spawnSync } from 'node:child_process'
import OSS from 'ali-oss'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { commands } from '../src/commands.js'
import { writeCompletion } from '../src/completion/write-completion.js'
import { WRITTEN_FORMATS } from '../src/transfer/transfer-options.js'
import { Bench } from './command.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
  const store = new OSS(bench.cloud.ossOptions('my-bucket'))
  for (const key of ['photos/sea.jpg', 'photos/spring/one.jpg', 'photos/with space', 'plans', "photos/quo'te"])
    await store.put(key, Buffer.from('x'))
})
afterAll(() => bench.close())

/** What bash offers for a line whose end the cursor is at. */
async function bash(line: string): Promise<readonly string[]> {
  const words = line.split(' ').flatMap((word) => word.split(/(?<=:)|(?=:)/))
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
  const set = [
    `COMP_WORDS=(${words.map(quoted).join(' ')})`,
    `COMP_CWORD=${words.length - 1}`,
    `COMP_LINE=${quoted(line)}`,
    `COMP_POINT=${line.length}`,
    // It works only where bash completes itself.
    'compopt() { :; }',
  ]
  const { stdout, stderr } = await bench.shell(
    `source <(osscrypt completion bash); ${set.join('; ')}; _osscrypt; printf '%s\\n' "\${COMPREPLY[@]}"`,
  )
  expect(stderr).toBe('')
  return stdout.split('\n').filter(Boolean)
}

test('every shell has all commands, options and choices', () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = writeCompletion(shell, commands)
    for (const word of ['verify-signature', 'no-clobber', 'DeepColdArchive', 'gcm floe', 'osscrypt complete'])
      expect(script).toContain(word)
  }
  expect(writeCompletion('tcsh', commands)).toBeUndefined()
})

const shells = ['bash', 'zsh', 'fish'].filter((shell) => spawnSync(shell, ['--version']).status === 0)
test.each(shells)('%s takes its script', async (shell) => {
  const { code, stderr } = await bench.shell(
    `osscrypt completion ${shell} > script.${shell} && ${shell} -n script.${shell}`,
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('the command that prints them knows three shells', async () => {
  expect((await bench.run('completion', 'fish')).stdout).toContain('complete -c osscrypt')
  expect((await bench.run('completion', 'tcsh')).code).toBe(2)
})

test('bash completes commands and options', async () => {
  expect(await bash('osscrypt ver')).toEqual(['verify', 'verify-signature'])
  expect(await bash('osscrypt keys ')).toEqual(['list', 'describe', 'create'])
  expect(await bash('osscrypt cp --no-')).toEqual(['--no-clobber', '--no-preserve', '--no-binding'])
  expect(await bash('osscrypt cp a')).toEqual([])
})

test('bash completes values of options', async () => {
  expect(await bash('osscrypt cp --format ')).toEqual(WRITTEN_FORMATS)
  expect(await bash('osscrypt cp --storage-class D')).toEqual(['DeepColdArchive'])
  await bench.run('config', 'set', 'region', 'cn-hangzhou', '--profile', 'work')
  expect(await bash('osscrypt ls --profile ')).toEqual(['work', 'local'])
  await bench.shell('mkdir -p states; touch state.txt')
  expect(await bash('osscrypt cp --state-folder sta')).toEqual(['states'])
  expect(await bash('osscrypt cp --checkpoint sta')).toEqual(expect.arrayContaining(['states', 'state.txt']))
})

test('bash completes buckets, folders and objects; the colon is a word of its own to it', async () => {
  expect(await bash('osscrypt cat oss://my')).toEqual(['//my-bucket/'])
  expect(await bash('osscrypt cat oss://my-bucket/p')).toEqual(['//my-bucket/photos/', '//my-bucket/plans'])
  expect(await bash('osscrypt cp photos/sea.jpg oss://my-bucket/photos/s')).toEqual([
    '//my-bucket/photos/spring/',
    '//my-bucket/photos/sea.jpg',
  ])
  expect(await bash('osscrypt cat oss://no-such-bucket/p')).toEqual([])
})

/** What fish offers for a line whose end the cursor is at, without descriptions. */
async function fish(line: string): Promise<readonly string[]> {
  const { stdout, stderr } = await bench.shell(
    `osscrypt completion fish > script.fish; fish --no-config -c 'source script.fish; complete -C "${line}"'`,
  )
  expect(stderr).toBe('')
  return stdout
    .split('\n')
    .map((each) => each.split('\t')[0] ?? '')
    .filter(Boolean)
}

/** What zsh is told of for a line whose end the cursor is at, where it begins with the last word: zsh itself chooses by that. */
async function zsh(line: string): Promise<readonly string[]> {
  const words = line.split(' ')
  const told = [
    // They work only where zsh completes itself.
    'compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -rl -- "$@" }',
    '_describe() { print -rl -- "${(@P)${@[-1]}}" }',
    '_files() { print -r -- files "$@" }',
    'compdef() { "$1" }',
    `words=(${words.map((word) => `'${word}'`).join(' ')}) CURRENT=${words.length}`,
  ]
  const { stdout, stderr } = await bench.shell(
    `osscrypt completion zsh > script.zsh; cat > told.zsh <<'END'\n${told.join('\n')}\nsource ./script.zsh\nEND\nzsh -f told.zsh`,
  )
  expect(stderr).toBe('')
  return stdout
    .split('\n')
    .map((each) => each.split(/(?<!\\):(?!\/)/)[0] ?? '')
    .filter((each) => each !== '' && each.startsWith(words.at(-1) ?? ''))
}

for (const [name, complete] of [
  ['fish', fish],
  ['zsh', zsh],
] as const) {
  if (!shells.includes(name)) console.log(`${name} is not there: it is not tried whether it completes`)
  test.skipIf(!shells.includes(name))(`${name} completes commands, options, values and objects`, async () => {
    expect(await complete('osscrypt ver')).toEqual(['verify', 'verify-signature'])
    expect([...(await complete('osscrypt keys '))].sort()).toEqual(['create', 'describe', 'list'])
    expect([...(await complete('osscrypt cp --no-'))].sort()).toEqual(['--no-binding', '--no-clobber', '--no-preserve'])
    expect([...(await complete('osscrypt cp --format '))].sort()).toEqual([...WRITTEN_FORMATS].sort())
    expect([...(await complete('osscrypt cat oss://my-bucket/p'))].sort()).toEqual([
      'oss://my-bucket/photos/',
      'oss://my-bucket/plans',
    ])
    expect(await complete('osscrypt cat oss://no-such-bucket/p')).toEqual([])
  })
}

test('osscrypt complete leaves out what a shell would take for something else', async () => {
  expect((await bench.run('complete', 'oss://my-bucket/photos/')).stdout).toBe(
    'oss://my-bucket/photos/spring/\noss://my-bucket/photos/sea.jpg\n',
  )
  expect((await bench.run('complete', 'oss://')).stdout).toBe('oss://my-bucket/\noss://other-bucket/\n')
  expect((await bench.run('complete', 'plain')).code).toBe(2)
})
