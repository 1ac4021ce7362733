import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import solid from 'vite-plugin-solid'

const page = (path: string): string => fileURLToPath(new URL(`page/${path}`, import.meta.url))

export default defineConfig({
  root: page(''),
  logLevel: 'warn',
  plugins: [solid({ hot: false })],
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    target: 'es2022',
    // What would be inlined as a data: URL is refused by the page's own policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
})
