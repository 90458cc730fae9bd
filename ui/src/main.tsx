import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { applyTheme, keptTheme } from "./app/theme";
import { LanguageProvider } from "./text/language";
import "./style/base.css";
import "./style/panes.css";
import "./style/grid.css";
import "./style/popovers.css";
import "./style/print.css";

applyTheme(keptTheme());
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <LanguageProvider>
      <App />
    </LanguageProvider>
  </StrictMode>,
);
