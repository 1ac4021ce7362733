import { OssError } from '../error/oss-error.js'

export function invalidHeader(name: string, value: string): OssError {
  return new OssError('InvalidArgument', {
    message: `The ${name} you specified is invalid.`,
    elements: { ArgumentName: name, ArgumentValue: value },
  })
}
