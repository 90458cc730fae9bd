import { Button, Menu, MenuItem, MenuTrigger, Popover, Separator } from "react-aria-components";
import { writeText } from "../app/clipboard";
import type { Model } from "../grid/model";
import { useSpeech } from "../text/language";
import type { View } from "../view/view";
import type { Reports } from "./useReports";

interface Props {
  readonly reports: Reports;
  readonly view: View;
  readonly model: Model;
  readonly onRemove: (slug: string) => void;
}

/** The saved report that is open, a mark where it has been changed, and what can be done with it. */
export function ReportMenu({ reports, view, model, onRemove }: Props) {
  const { words } = useSpeech();
  const { opened, ask } = reports;
  const isChanged = reports.isChanged(view);
  const name = opened ? opened.saved.name : words.notSaved;
  const act = (id: string) => {
    if (id === "save") void (opened ? reports.save(model) : ask("saveAs"));
    else if (id === "link") void writeText(reportAddress(opened!.saved.slug));
    else if (id === "remove") onRemove(opened!.saved.slug);
    else ask(id as "saveAs" | "rename" | "versions");
  };
  return (
    <MenuTrigger>
      <Button className={`choice report${opened ? "" : " none"}`} aria-label={`${words.report}: ${name}${isChanged ? ` (${words.changed})` : ""}`}>
        <span className="name">{name}</span>
        {isChanged ? <span className="dot" aria-hidden="true" /> : null}
      </Button>
      <Popover>
        <Menu aria-label={words.report} onAction={(id) => act(String(id))} disabledKeys={opened && !isChanged ? ["save"] : []}>
          <MenuItem id="save">{words.save}</MenuItem>
          <MenuItem id="saveAs">{words.saveAs}</MenuItem>
          {opened ? (
            <>
              <Separator />
              <MenuItem id="link">{words.copyReportLink}</MenuItem>
              <MenuItem id="rename">{words.rename}</MenuItem>
              <MenuItem id="versions">{words.versions}</MenuItem>
              <Separator />
              <MenuItem id="remove">{words.deleteReport}</MenuItem>
            </>
          ) : null}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function reportAddress(slug: string): string {
  return new URL(`#report=${encodeURIComponent(slug)}`, location.href).href;
}
