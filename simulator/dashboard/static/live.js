// A stream for a page that is looked at. Browsers open few connections to one server, so a tab in the
// background gives its own back, and hears what it has missed when it is looked at again.

class Source {
  #url;
  #source = null;
  #listeners = [];
  #place = "";
  onopen = null;
  onerror = null;

  constructor(url) {
    this.#url = new URL(url, location.href);
    document.addEventListener("visibilitychange", this.#look);
    this.#look();
  }

  get readyState() {
    return this.#source ? this.#source.readyState : EventSource.CONNECTING;
  }

  addEventListener(kind, listener) {
    const heard = (event) => {
      this.#place = event.lastEventId || this.#place;
      listener(event);
    };
    this.#listeners.push({ kind, listener, heard });
    this.#source?.addEventListener(kind, heard);
  }

  removeEventListener(kind, listener) {
    const gone = this.#listeners.filter((each) => each.kind === kind && each.listener === listener);
    this.#listeners = this.#listeners.filter((each) => !gone.includes(each));
    for (const { heard } of gone) this.#source?.removeEventListener(kind, heard);
  }

  close() {
    document.removeEventListener("visibilitychange", this.#look);
    this.#source?.close();
  }

  #look = () => {
    if (document.hidden) {
      this.#source?.close();
      this.#source = null;
    } else if (!this.#source) {
      this.#open();
    }
  };

  #open() {
    if (this.#place) this.#url.searchParams.set("after", this.#place);
    this.#source = new EventSource(this.#url);
    this.#source.onopen = (event) => this.onopen?.(event);
    this.#source.onerror = (event) => this.onerror?.(event);
    for (const { kind, heard } of this.#listeners) this.#source.addEventListener(kind, heard);
  }
}

htmx.createEventSource = (url) => new Source(url);

// What a part shows belongs to the content that it stands in, to the URL, and to the newest press: an answer that was
// asked for before one of these changed is not shown, and asked for anew.
const PART = "main [hx-get][hx-trigger*='acted'], #watch";
const asked = new Map();
let answered = 0;

const content = () => document.getElementById("main");
const subject = () => [answered, location.pathname, location.search].join(" ");

document.body.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (detail.requestConfig.verb !== "get" || !content()?.contains(detail.elt)) return;
  asked.set(detail.xhr, { content: content(), subject: subject() });
});
document.body.addEventListener("htmx:afterRequest", ({ detail }) => { asked.delete(detail.xhr); });
document.body.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  if (detail.requestConfig.verb === "post") answered += 1;
});

document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const part = detail.requestConfig.elt;
  const was = asked.get(detail.xhr);
  if (!was || was.subject === subject() || !part.matches(PART)) return;
  detail.shouldSwap = false;
  htmx.ajax("GET", part.getAttribute("hx-get"), { source: part });
});

// What is asked of content that is gone has no place to be shown in; pieces of it would find one by their ids.
document.body.addEventListener("htmx:afterSwap", () => {
  for (const [xhr, { content: was }] of [...asked]) {
    if (was.isConnected) continue;
    asked.delete(xhr);
    // htmx would report it as a failure.
    xhr.onload = xhr.onabort = null;
    xhr.abort();
  }
});
