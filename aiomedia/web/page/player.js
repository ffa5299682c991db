/** Playing one file beside the list. */

import { count, moment, size } from "./format.js";

const NETWORK = 2; // MediaError.MEDIA_ERR_NETWORK

export class Player {
  #panel;
  #media = null;
  #file = null;
  #url = null;
  #lost = null; // where it stood when the server went away, and whether it was at rest
  #isLive;

  /** `byId` finds an element of the page; `isLive` says whether the server is there. */
  constructor(byId, isLive) {
    this.#isLive = isLive;
    this.#panel = {
      aside: byId("player"),
      title: byId("title"),
      screen: byId("screen"),
      notice: byId("notice"),
      facts: byId("facts"),
      download: byId("player-download"),
    };
    this.#panel.notice.querySelector("button").addEventListener("click", () => this.#load(true));
  }

  get file() {
    return this.#file;
  }

  /** Shows a file that is served at `url`, and plays it if a person asked for that. */
  open(file, { url, downloadUrl, isAsked }) {
    const { aside, title, download } = this.#panel;
    const isAnother = this.#file?.name !== file.name || this.#media?.localName !== file.kind;
    this.#file = file;
    this.#url = url;
    aside.hidden = false;
    title.firstElementChild.textContent = file.name;
    download.href = downloadUrl;
    this.#state(file);
    if (isAnother) this.#load(isAsked);
    else if (isAsked) this.#media.play().catch(() => {});
  }

  close() {
    this.#stop();
    this.#file = null;
    this.#panel.aside.hidden = true;
  }

  pauseOrGoOn() {
    if (this.#media?.paused) this.#media.play().catch(() => {});
    else this.#media?.pause();
  }

  /** What plays has changed on disk. It goes on as it began for as long as that can be. */
  changed(file) {
    this.#file = file;
    this.#state(file);
    this.#say("This file has changed since it was opened.", true);
  }

  removed() {
    this.#say("This file is gone.", false);
  }

  /** The server is back: goes on where it was lost. */
  resume() {
    if (this.#lost === null) return;
    const { position, isPaused } = this.#lost;
    this.#load(!isPaused);
    this.#media.currentTime = position;
  }

  #load(isAsked) {
    this.#stop();
    this.#say("", false);
    const media = document.createElement(this.#file.kind);
    media.controls = true;
    media.playsInline = true;
    media.preload = "metadata";
    media.autoplay = isAsked;
    media.ariaLabel = this.#file.name;
    media.addEventListener("error", () => this.#failed(media));
    media.src = this.#url;
    this.#media = media;
    this.#panel.screen.dataset.kind = this.#file.kind;
    this.#panel.screen.replaceChildren(media);
  }

  #stop() {
    this.#lost = null;
    this.#media?.removeAttribute("src");
    this.#media?.load(); // or the browser goes on fetching
    this.#media = null;
    this.#panel.screen.replaceChildren();
  }

  #failed(media) {
    if (media !== this.#media || media.error === null) return;
    if (media.error.code === NETWORK || !this.#isLive()) {
      this.#lost = { position: media.currentTime, isPaused: media.paused };
      this.#say("The server does not answer. It goes on as soon as it does.", true);
      return;
    }
    const extension = this.#file.name.split(".").pop().toUpperCase();
    this.#say(`This browser can't play this ${extension} file. Download it to play it elsewhere.`, false);
    this.#panel.screen.replaceChildren();
  }

  #state(file) {
    const facts = {
      Size: `${size(file.size)} (${count(file.size, "byte")})`,
      Modified: moment(file.modified),
      Type: file.contentType,
    };
    this.#panel.facts.replaceChildren(
      ...Object.entries(facts).map(([term, description]) => {
        const [pair, dt, dd] = ["div", "dt", "dd"].map((name) => document.createElement(name));
        dt.textContent = term;
        dd.textContent = description;
        pair.append(dt, dd);
        return pair;
      }),
    );
  }

  #say(text, canLoad) {
    const { notice } = this.#panel;
    notice.hidden = text === "";
    notice.firstElementChild.textContent = text;
    notice.querySelector("button").hidden = !canLoad;
  }
}
