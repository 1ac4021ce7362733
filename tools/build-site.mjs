// Builds the API reference and the guides as one searchable site in dist-site/: `npm run docs`. Fails when a link in a docstring leads nowhere.
import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application, ReflectionKind } from 'typedoc'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const out = join(root, 'dist-site')

const app = await Application.bootstrap({
  name: 'osscrypt',
  entryPoints: ['packages/sdk', 'packages/local'].map((folder) => join(root, folder)),
  entryPointStrategy: 'packages',
  packageOptions: { excludePrivate: true, excludeExternals: true, disableSources: true },
  readme: join(root, 'README.md'),
  projectDocuments: guides().map((name) => join(root, 'docs', name)),
  disableGit: true,
  sourceLinkTemplate: '{path}',
  hideGenerator: true,
  searchInComments: true,
  searchInDocuments: true,
  navigation: { includeGroups: true },
  validation: { notExported: false, invalidLink: true },
})
const project = await app.convert()
if (!project) throw new Error('the sources could not be read')
nameGuides()
app.validate(project)
rmSync(out, { recursive: true, force: true })
await app.generateDocs(project, out)
console.log(join(out, 'index.html'))
process.exitCode = app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0

/** The pages for users, the index first. */
function guides() {
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  return pages.sort((one, other) => rank(one) - rank(other) || one.localeCompare(other))
}

/** Indexes, English pages, Chinese pages.
 * @param {string} name
 */
function rank(name) {
  return (name.startsWith('README') ? 0 : 2) + (name.endsWith('-CN.md') ? 1 : 0)
}

/** A guide is called what its heading says, not what its file is called. */
function nameGuides() {
  for (const guide of project?.getReflectionsByKind(ReflectionKind.Document) ?? []) {
    if (!guide.isDocument()) continue
    const text = guide.content.map((piece) => piece.text).join('')
    const heading = /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '')
    if (heading !== undefined) guide.name = heading
  }
}
