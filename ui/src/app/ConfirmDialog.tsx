import { Button, Dialog, Modal, ModalOverlay } from "react-aria-components";
import { useSpeech } from "../text/language";

interface Props {
  readonly text: string;
  readonly onYes?: () => void;
  readonly onNo: () => void;
}

export function ConfirmDialog({ text, onYes, onNo }: Props) {
  const { words } = useSpeech();
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(isOpen) => isOpen || onNo()} className="overlay">
      <Modal className="modal">
        <Dialog className="dialog" role="alertdialog" aria-label={text}>
          <p>{text}</p>
          <footer>
            <Button onPress={onNo}>{onYes ? words.cancel : words.close}</Button>
            {onYes ? (
              <Button className="primary" onPress={onYes}>
                {words.continue}
              </Button>
            ) : null}
          </footer>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
