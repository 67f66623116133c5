"""From the entries of a catalogue to the sample of stars that is tagged."""
