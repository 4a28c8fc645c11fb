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
