import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const SPOKEN = /(en-US|ko-KR)\.(mjs|js|cjs)$/;
const STRINGS = /[\\/]intl[\\/].*[a-z]{2}-[A-Z]{2}\.(mjs|js|cjs)$/;

/** The widgets bring their words in 34 languages; the page speaks two of them. */
function spokenLanguages(): Plugin {
  return {
    name: "spoken-languages",
    enforce: "pre",
    load: (id) => (STRINGS.test(id) && !SPOKEN.test(id) ? "export default {};" : null),
  };
}

// A relative base, so that the page works under any sub-path. `npm run dev` asks the API of a server at port 8000.
export default defineConfig({
  base: "./",
  plugins: [spokenLanguages(), react()],
  build: {
    outDir: "../api/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
});
