"""A digest as four words that a person can read from a card and type.

Two hundred and fifty-six English words of four to seven letters, none a slip of one key away from another. Four of them
say 32 bits: enough to show that the card was read, no substitute for the digest, which is what gets signed.
"""

from __future__ import annotations

import re
from typing import Final

WORDS: Final[tuple[str, ...]] = tuple(
    """
    acorn actor agent album alpine amber anchor anvil apple april arrow aspen atlas attic autumn badge bagel bamboo
    banjo barrel basil basket beacon beaver blanket blossom bottle boulder branch brass breeze brick bridge bronze
    brush bucket butter cabin cactus camera candle canoe canvas carbon carpet castle cedar cello chalk cherry chisel
    circle citrus clover cobalt coffee comet compass copper coral corner cotton crane crystal cushion daisy dancer
    desert diamond dinner dolphin domino dragon drawer drum eagle earth echo eleven engine falcon feather fiddle
    finger flame flute forest fossil frost galaxy garden garlic glacier glove granite grape gravel guitar hammer
    harbor harvest hazel helmet heron honey hotel indigo iris island ivory jacket jaguar jasmine jersey jigsaw
    jungle kettle kitchen kite koala ladder lagoon lantern laurel lemon lilac linen lizard lobster lotus lumber
    magnet mango maple marble market meadow melon mirror monkey mosaic moss muffin museum mustard napkin needle
    nickel novel nutmeg oasis ocean olive onion orange orbit orchid otter oven oyster paddle palace panda paper
    parrot pasta pebble pencil pepper piano pigeon pillow planet plum polar pony poppy potato pulley pumpkin puppet
    quartz quill rabbit radar radish rainbow raven ribbon river robin rose rubber ruby rudder sailor salmon sandal
    satin scarf school season shadow shelter shovel silver siren sketch spider sponge spoon squash stable statue
    stone summer sunset swan syrup teapot temple tennis thunder ticket tiger timber toast tomato topaz tractor
    trumpet tulip tunnel turtle unicorn valley vanilla velvet violin volcano voyage wagon walnut water whale wheat
    whistle window winter wolf yarn yellow zebra zigzag zinc zipper
    """.split()  # noqa: SIM905 - a list literal would take 256 lines
)
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def digest_words(digest: str) -> tuple[str, str, str, str]:
    """The words of the first four bytes. Raises ``ValueError`` for what is not 64 lower-case hex digits."""
    if not DIGEST.fullmatch(digest):
        raise ValueError("a digest has 64 lower-case hex digits")
    first, second, third, fourth = (WORDS[byte] for byte in bytes.fromhex(digest[:8]))
    return first, second, third, fourth
