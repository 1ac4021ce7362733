/** Vite takes these out of the code. */
declare module '*.css'
