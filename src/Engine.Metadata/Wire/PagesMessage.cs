using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>
/// A message that brings pages. Its fields are written and read like any message's; the pages travel beside it and are there as a
/// whole when it is handled. Messages with pages keep their order among themselves; a message without may pass them, so that
/// one of them can take a transfer back while it is under way.
/// </summary>
public abstract record PagesMessage : Message
{
    private PageParcel? _pages;

    /// <summary>The pages, once attached. Whoever handles the message disposes them, or takes them over.</summary>
    public PageParcel Pages
    {
        get
        {
            Invariant.That(_pages is not null, "a message with pages has its pages");
            return _pages;
        }
    }

    /// <summary>Gives the message its pages; once, before it is sent or handled.</summary>
    public void Attach(PageParcel pages)
    {
        Invariant.That(_pages is null);
        _pages = pages;
    }
}
