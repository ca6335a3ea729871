"use strict";
// The call picker, the playhead, and the timeline's zoom. Without it every call is shown, one below the other.
(() => {
  const picker = document.getElementById("picker");
  if (!picker) return;
  const calls = [...document.querySelectorAll("article.call")];
  const previous = document.getElementById("previous");
  const next = document.getElementById("next");
  const usual = 60; // px a second
  let zoom = usual;

  const parts = call => ({
    audio: call.querySelector("audio"),
    track: call.querySelector(".track"),
    scroller: call.querySelector(".scroller"),
    head: call.querySelector(".playhead"),
  });

  const shown = () => calls.find(call => !call.hidden);

  const show = key => {
    const call = calls.find(each => each.id === key);
    if (!call) return false;
    for (const each of calls) {
      if (each !== call) each.querySelector("audio")?.pause();
      each.hidden = each !== call;
    }
    picker.value = key;
    const at = calls.indexOf(call);
    previous.disabled = at === 0;
    next.disabled = at === calls.length - 1;
    stretch();
    return true;
  };

  const go = step => {
    const to = calls[calls.indexOf(shown()) + step];
    if (to) show(to.id);
  };

  // Zoom: the width of a second. 0: the whole call fits.
  const stretch = () => {
    const { track, scroller } = parts(shown());
    const fits = scroller.clientWidth / parseFloat(track.style.getPropertyValue("--s"));
    const width = Math.max(zoom || fits, Math.min(fits, usual));
    document.documentElement.style.setProperty("--zoom", width);
    track.classList.toggle("far", width < usual / 2);
  };

  const time = (track, share) => {
    const { begin, end } = track.dataset;
    return Number(begin) + share * (Number(end) - Number(begin));
  };

  const draw = call => {
    const { audio, track, scroller, head } = parts(call);
    const ms = audio.currentTime * 1000 + Number(track.dataset.audio);
    const share = (ms - Number(track.dataset.begin)) / (Number(track.dataset.end) - Number(track.dataset.begin));
    head.hidden = false;
    head.style.left = `${(Math.min(Math.max(share, 0), 1) * 100).toFixed(3)}%`;
    const x = share * track.offsetWidth;
    if (!audio.paused && (x < scroller.scrollLeft || x > scroller.scrollLeft + scroller.clientWidth * 0.9)) {
      scroller.scrollLeft = x - scroller.clientWidth * 0.1;
    }
  };

  const seek = (call, ms, play) => {
    const { audio, track } = parts(call);
    if (!audio) return;
    const at = Math.max(0, (ms - Number(track.dataset.audio)) / 1000);
    const jump = () => {
      audio.currentTime = at;
      draw(call);
    };
    if (audio.readyState >= 1) jump();
    else {
      audio.addEventListener("loadedmetadata", jump, { once: true });
      audio.load();
    }
    if (play) audio.play().catch(() => undefined);
  };

  for (const call of calls) {
    const { audio, track } = parts(call);
    if (audio) {
      const follow = () => {
        draw(call);
        if (!audio.paused) requestAnimationFrame(follow);
      };
      audio.addEventListener("play", follow);
      audio.addEventListener("seeked", () => draw(call));
      audio.addEventListener("timeupdate", () => draw(call));
    }
    track.addEventListener("click", event => {
      const { left, width } = track.getBoundingClientRect();
      seek(call, time(track, (event.clientX - left) / width), false);
    });
    for (const button of call.querySelectorAll("[data-seek]")) {
      if (audio) button.addEventListener("click", () => seek(call, Number(button.dataset.seek), true));
      else button.disabled = true;
    }
  }

  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => {
      const { track, scroller } = parts(shown());
      const middle = (scroller.scrollLeft + scroller.clientWidth / 2) / track.offsetWidth;
      const by = Number(button.dataset.zoom);
      const now = track.offsetWidth / parseFloat(track.style.getPropertyValue("--s"));
      zoom = by ? Math.min(400, now * by) : 0;
      stretch();
      scroller.scrollLeft = middle * track.offsetWidth - scroller.clientWidth / 2;
    });
  }

  picker.addEventListener("change", () => show(picker.value));
  previous.addEventListener("click", () => go(-1));
  next.addEventListener("click", () => go(1));
  addEventListener("resize", stretch);
  const follow = () => {
    if (show(location.hash.slice(1))) shown().focus();
  };
  addEventListener("hashchange", follow);
  document.documentElement.classList.add("scripted");
  show(calls[0].id);
  follow();
})();
