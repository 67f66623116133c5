"""From groups to a catalogue of candidate siblings, sealed, then vetted by independent data."""
