using System.Globalization;
using System.Text;
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

    /// <summary>The pages, while attached. Whoever handles the message disposes them, or detaches them; a network detaches those
    /// of a message that it sends.</summary>
    public PageParcel Pages
    {
        get
        {
            Invariant.That(_pages is not null, "a message with pages has its pages");
            return _pages;
        }
    }

    /// <summary>Gives the message its pages, before it is sent or handled.</summary>
    public void Attach(PageParcel pages)
    {
        Invariant.That(_pages is null);
        _pages = pages;
    }

    /// <summary>Takes the pages off the message: they are the caller's.</summary>
    public PageParcel Detach()
    {
        PageParcel pages = Pages;
        _pages = null;
        return pages;
    }

    /// <summary>What a text of the message says of its pages: one that was sent has none any more.</summary>
    protected override bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (base.PrintMembers(builder))
            builder.Append(", ");
        builder.Append(CultureInfo.InvariantCulture, $"Pages = {_pages?.Count ?? 0}");
        return true;
    }
}
