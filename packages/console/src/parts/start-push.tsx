import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { useMay } from "../me.ts";
import { useAnnounce } from "./announce.tsx";
import { Confirm } from "./confirm.tsx";
import { Field } from "./field.tsx";

type StartPushProps = {
  /** The stream that is sent; asked for where there is none. */
  readonly stream?: string;
  /** What may be asked for: live now. */
  readonly streams?: readonly string[];
  readonly onStart: () => void;
};

const empty = { stream: "", url: "", key: "", private: false };

/** Begins to send a stream to another server, until that is stopped. */
export function StartPush({ stream, streams = [], onStart }: StartPushProps) {
  const mayStart = useMay("operator");
  const mayGoInside = useMay("owner");
  const [form, setForm] = useState(empty);
  const { attempt } = useAnnounce();
  if (!mayStart) return null;
  const set = (name: "stream" | "url" | "key") => (event: { readonly currentTarget: HTMLInputElement }) =>
    setForm({ ...form, [name]: event.currentTarget.value });
  const start = async () => {
    const wanted = stream ?? form.stream.trim();
    const [url, key] = [form.url.trim(), form.key.trim()];
    const body = {
      stream: wanted,
      url,
      ...(key === "" ? {} : { key }),
      ...(form.private ? { private: true } : {}),
    };
    if (!(await attempt(() => api("POST /pushes", { body }), `${wanted} is sent on whenever it is live.`))) return;
    setForm(empty);
    onStart();
  };
  return (
    <Confirm
      label="Send to another server"
      question={`Send ${stream ?? "a stream"} to another server whenever it is live, until that is stopped or this server is.`}
      mild
      onYes={() => void start()}
    >
      {stream === undefined ? <StreamField value={form.stream} streams={streams} onInput={set("stream")} /> : null}
      <Field label="Address" hint="as the service gives it, such as rtmp://a.rtmp.youtube.com/live2">
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            value={form.url}
            onInput={set("url")}
            required
            maxLength={2_048}
            pattern="rtmps?://[^\s@]+"
            title="rtmp:// or rtmps://, without a name and password"
            inputMode="url"
            autocapitalize="none"
            autocomplete="off"
            spellcheck={false}
          />
        )}
      </Field>
      <Field label="Stream key" hint="it is not shown again; empty where the address ends with it">
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            type="password"
            value={form.key}
            onInput={set("key")}
            maxLength={1_024}
            autocomplete="off"
          />
        )}
      </Field>
      {mayGoInside ? (
        <label class="check">
          <input
            type="checkbox"
            checked={form.private}
            onInput={({ currentTarget }) => setForm({ ...form, private: currentTarget.checked })}
          />
          It leads to this machine, or into a private network
        </label>
      ) : null}
    </Confirm>
  );
}

type StreamFieldProps = {
  readonly value: string;
  readonly streams: readonly string[];
  readonly onInput: (event: { readonly currentTarget: HTMLInputElement }) => void;
};

function StreamField({ value, streams, onInput }: StreamFieldProps) {
  return (
    <Field label="Stream" hint="APP/NAME; it may begin later">
      {(id, hint) => (
        <>
          <input
            id={id}
            aria-describedby={hint}
            list={`${id}-live`}
            value={value}
            onInput={onInput}
            required
            minLength={3}
            maxLength={700}
            autocapitalize="none"
            autocomplete="off"
            spellcheck={false}
          />
          <datalist id={`${id}-live`}>
            {streams.map((path) => (
              <option key={path} value={path} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
