"""New layers into a manifest: what is recognised is proposed, what is not known is asked."""
