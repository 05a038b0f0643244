import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const daemon = 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    manifest: true,
    chunkSizeWarningLimit: 4000,
  },
  worker: { format: 'es' },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': daemon,
      '/health': daemon,
      // The page itself lives at /status too; only requests for JSON go to the daemon.
      '/status': {
        target: daemon,
        bypass: (request) =>
          request.headers.accept?.includes('text/html') ? '/index.html' : undefined,
      },
    },
  },
})
