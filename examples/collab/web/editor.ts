// The editor: CodeMirror, bound to the shared text.

import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { EditorState } from "@codemirror/state";
import { drawSelection, dropCursor, EditorView, highlightActiveLine, keymap, placeholder } from "@codemirror/view";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";

/** Makes an editor in an element. */
export function createEditor(parent: HTMLElement, text: Y.Text, awareness: Awareness): EditorView {
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text.toString(),
      extensions: [
        // Undo takes back what we did, not what the others did.
        keymap.of([...yUndoManagerKeymap, indentWithTab, ...defaultKeymap]),
        yCollab(text, awareness, { undoManager: new Y.UndoManager(text) }),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "Document", spellcheck: "true" }),
        drawSelection(),
        dropCursor(),
        highlightActiveLine(),
        placeholder("Write something. Everybody who has this page open can see it."),
      ],
    }),
  });
}
