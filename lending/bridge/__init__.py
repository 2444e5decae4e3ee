"""Collateral that sits on another Hansa chain: locked there, proven and used here, released by proof."""
