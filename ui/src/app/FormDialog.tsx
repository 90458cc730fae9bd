import type { ReactNode } from "react";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useSpeech } from "../text/language";

interface Props {
  readonly title: string;
  readonly children: ReactNode;
  readonly problems?: readonly string[];
  readonly canApply?: boolean;
  readonly applyLabel?: string;
  readonly wide?: boolean;
  readonly onApply?: () => void;
  /** Takes away what the dialog is about. */
  readonly onRemove?: (() => void) | undefined;
  readonly onClose: () => void;
}

/** A dialog with a title, what went wrong, and buttons. Without `onApply` it only shows something. */
export function FormDialog({ title, children, problems = [], canApply = true, applyLabel, wide = false, onApply, onRemove, onClose }: Props) {
  const { words } = useSpeech();
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(isOpen) => isOpen || onClose()} className="overlay">
      <Modal className={wide ? "modal wide" : "modal"}>
        <Dialog className="dialog form">
          <Heading slot="title">{title}</Heading>
          {children}
          {problems.map((line) => (
            <p key={line} className="problem" role="alert">
              {line}
            </p>
          ))}
          <footer>
            {onRemove ? (
              <>
                <Button onPress={onRemove}>{words.remove}</Button>
                <span className="spring" />
              </>
            ) : null}
            <Button className={onApply ? "" : "primary"} onPress={onClose}>
              {onApply ? words.cancel : words.close}
            </Button>
            {onApply ? (
              <Button className="primary" isDisabled={!canApply} onPress={onApply}>
                {applyLabel ?? words.apply}
              </Button>
            ) : null}
          </footer>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
