import type { CommandSpec } from '../command-spec.js'
import { transferOptions } from './cp.js'

export const mv: CommandSpec = {
  name: 'mv',
  summary: 'move files and objects: copy, then delete the source',
  args: '<source...> <target>',
  parsedArgs: '<paths...>',
  details:
    'As cp. The source is deleted once its copy is stored, or verified and in place, and if it is still what was copied.',
  cloud: true,
  options: transferOptions,
  examples: ['osscrypt mv oss://my-bucket/report.pdf oss://my-bucket/archive/report.pdf'],
  run: async (context) => (await import('../transfer/run-transfer.js')).runTransfer(context, true),
}
