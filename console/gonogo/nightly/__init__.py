"""The nightly run: all layers to the hold point or earlier, without any key that could sign, told in every form."""

from gonogo.nightly.keyless import refuse_keys
from gonogo.nightly.leave import leave
from gonogo.nightly.night import Asked, LayerNight, Night
from gonogo.nightly.play import play

__all__ = ["Asked", "LayerNight", "Night", "leave", "play", "refuse_keys"]
