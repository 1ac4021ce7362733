import 'solid-js'

declare module 'solid-js' {
  namespace JSX {
    interface ExplicitAttributes {
      /** An input for files takes a folder. */
      webkitdirectory: string
    }
  }
}
