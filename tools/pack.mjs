// Makes tarballs in dist-packages/ of which each installs by itself: `npm run pack`. What a package needs of the others here, which are
// in no registry, is inside.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packaging/packages.mjs'
import { packSelfContained } from './packaging/self-contained.mjs'

const destination = join(root, 'dist-packages')
rmSync(destination, { recursive: true, force: true })
for (const { tarball } of await packSelfContained(destination)) console.log(tarball)
