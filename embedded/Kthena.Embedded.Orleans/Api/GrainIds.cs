namespace Orleans.Runtime;

/// <summary>Names one grain: its type and its key.</summary>
public readonly struct GrainId : IEquatable<GrainId>
{
    private readonly GrainType _type;
    private readonly IdSpan _key;

    internal GrainId(string type, string key)
    {
        _type = new GrainType(type);
        _key = new IdSpan(key);
    }

    /// <summary>The type.</summary>
    public GrainType Type => _type;

    /// <summary>The key.</summary>
    public IdSpan Key => _key;

    /// <inheritdoc/>
    public bool Equals(GrainId other) => _type.Equals(other._type) && _key.Equals(other._key);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_type, _key);

    /// <summary>Whether both name the same grain.</summary>
    public static bool operator ==(GrainId left, GrainId right) => left.Equals(right);

    /// <summary>Whether they name different grains.</summary>
    public static bool operator !=(GrainId left, GrainId right) => !left.Equals(right);

    /// <summary>The type and the key with a slash between them.</summary>
    public override string ToString() => $"{_type}/{_key}";
}

/// <summary>The stable name of a grain class.</summary>
public readonly struct GrainType : IEquatable<GrainType>
{
    private readonly string? _name;

    internal GrainType(string name) => _name = name;

    /// <inheritdoc/>
    public bool Equals(GrainType obj) => string.Equals(_name, obj._name, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainType other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _name is null ? 0 : StringComparer.Ordinal.GetHashCode(_name);

    /// <summary>Whether both are the same name.</summary>
    public static bool operator ==(GrainType left, GrainType right) => left.Equals(right);

    /// <summary>Whether the names differ.</summary>
    public static bool operator !=(GrainType left, GrainType right) => !left.Equals(right);

    /// <summary>The name.</summary>
    public override string ToString() => _name ?? string.Empty;
}

/// <summary>A part of a grain's name.</summary>
public readonly struct IdSpan : IEquatable<IdSpan>
{
    private readonly string? _text;

    internal IdSpan(string text) => _text = text;

    /// <inheritdoc/>
    public bool Equals(IdSpan obj) => string.Equals(_text, obj._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IdSpan other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _text is null ? 0 : StringComparer.Ordinal.GetHashCode(_text);

    /// <summary>Whether both are the same text.</summary>
    public static bool operator ==(IdSpan left, IdSpan right) => left.Equals(right);

    /// <summary>Whether the texts differ.</summary>
    public static bool operator !=(IdSpan left, IdSpan right) => !left.Equals(right);

    /// <summary>The text.</summary>
    public override string ToString() => _text ?? string.Empty;
}
