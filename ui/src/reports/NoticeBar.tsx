import { useEffect } from "react";
import { Button } from "react-aria-components";
import { useSpeech } from "../text/language";
import type { Notice } from "./useReports";

const SHOWN_FOR = 12_000;

interface Props {
  readonly notice: Notice;
  readonly onClose: () => void;
}

/** A line that goes by itself, with something to take back. */
export function NoticeBar({ notice, onClose }: Props) {
  const { words } = useSpeech();
  useEffect(() => {
    const timer = setTimeout(onClose, SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [notice, onClose]);
  return (
    <div className="notice-bar" role="status">
      <span>{notice.text}</span>
      {notice.undo ? <Button onPress={notice.undo}>{words.undo}</Button> : null}
      <Button className="plain" aria-label={words.close} onPress={onClose}>
        ×
      </Button>
    </div>
  );
}
