// Whether the page is being printed: then nothing is windowed.

import { useEffect, useState } from "react";
import { flushSync } from "react-dom";

/** The most rows that are drawn for a printer. */
export const MOST_PRINTED = 2_000;

export function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    const begin = () => flushSync(() => setPrinting(true));
    const end = () => setPrinting(false);
    window.addEventListener("beforeprint", begin);
    window.addEventListener("afterprint", end);
    return () => {
      window.removeEventListener("beforeprint", begin);
      window.removeEventListener("afterprint", end);
    };
  }, []);
  return isPrinting;
}
